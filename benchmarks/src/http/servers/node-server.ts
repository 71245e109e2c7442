/** The ceiling of all: node:http alone. GET answers a hello-world; PUT reads the body and counts it. */
import { createServer } from "node:http";

const hello = JSON.stringify({ value: "Hello World!" });

const server = createServer((request, response) => {
  const answer = (text: string): void => {
    response.writeHead(200, {
      "content-type": "application/json",
      "content-length": Buffer.byteLength(text),
    });
    response.end(text);
  };
  if (request.method === "GET") {
    answer(hello);
    return;
  }
  let bytes = 0;
  request.on("data", (chunk: Buffer) => (bytes += chunk.length));
  request.on("end", () => answer(JSON.stringify({ bytes })));
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  if (address !== null && typeof address === "object") {
    console.log(`http://127.0.0.1:${address.port}`);
  }
});
process.once("SIGTERM", () => {
  server.close();
  server.closeAllConnections();
});
