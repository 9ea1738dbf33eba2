export { Reader, ready, reset } from "./glue.js";
