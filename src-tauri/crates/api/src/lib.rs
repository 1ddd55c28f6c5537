//! One command list: names, requests, responses, error codes, TypeScript.
