import "@fontsource-variable/inter";
import "@fontsource-variable/jetbrains-mono";
import { mount } from "svelte";
import { connect } from "./backend";
import "./design/base.css";
import "./design/tokens.css";
import Program from "./views/Program.svelte";

const target = document.getElementById("desk");
if (!target) throw new Error("the page has no place for the desk");
const backend = await connect();
document.documentElement.dataset["host"] = backend.host;
mount(Program, { target, props: { backend } });
