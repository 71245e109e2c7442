import { isIPv4 } from "node:net";

/** Whether only processes of this machine can reach an address: `localhost`, `127.…` or `::1`. */
export function isLoopback(host: string): boolean {
  const address = host.toLowerCase().replace(/^\[(.*)\]$/, "$1");
  if (address === "localhost" || address === "::1") return true;
  const v4 = address.replace(/^::ffff:/, "");
  return isIPv4(v4) && v4.startsWith("127.");
}
