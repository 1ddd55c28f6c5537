import { configure } from "@testing-library/svelte";

// A test waits for what must come, not for how fast this machine is just now.
configure({ asyncUtilTimeout: 20_000 });
