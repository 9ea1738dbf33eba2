// The verifier in a Wasm file of its own.
import { ready, reset, verifySnapshot as verify } from "./glue.verify.edge-light.js";
import { verifier } from "./verify.js";
import { Wasm } from "./wasm.js";

export const verifySnapshot = verifier(new Wasm({ verify, ready, reset }));
