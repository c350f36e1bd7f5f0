/* A stand-in of the check's own, started by the command and stopped with the check. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";

const COMMAND =
  process.env.XERO_SANDBOX ?? fileURLToPath(new URL("../../../.venv/bin/xero-sandbox", import.meta.url));

function findFreePort() {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

export async function startSandbox() {
  const port = await findFreePort();
  const options = ["--port", port, "--invoices", 160, "--contacts", 40, "--no-limits"];
  const running = spawn(COMMAND, options.map(String), { stdio: ["ignore", "pipe", "inherit"] });
  for await (const line of createInterface({ input: running.stdout })) {
    if (line.includes("listening on")) break;
  }
  const url = `http://127.0.0.1:${port}`;
  const read = async (path) => (await fetch(`${url}/sandbox/api/${path}`)).text();
  return {
    url,
    stop: () => running.kill(),
    organisations: async () => JSON.parse(await read("organisations")),
    count: async (tenant, endpoint) =>
      (await read(`organisations/${tenant}/records/${endpoint}`)).trim().split("\n").filter(Boolean).length,
  };
}
