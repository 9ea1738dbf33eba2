// Starts the page. If the verifier does not load there is nothing to show but that.

try {
  const { start } = await import("./app");
  start(document.querySelector("#app")!);
} catch (error) {
  const message = document.createElement("p");
  message.className = "boot";
  message.setAttribute("role", "alert");
  message.textContent = `The inspector did not start: ${error instanceof Error ? error.message : String(error)}`;
  document.querySelector("#app")!.replaceChildren(message);
}

export {};
