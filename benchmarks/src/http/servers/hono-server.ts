/** The ceiling: Hono on the same server, with a hello-world and an echo that parses JSON. */
import { serve } from "@hono/node-server";
import { Hono } from "hono";

const app = new Hono();
app.get("/hello", (context) => context.json({ value: "Hello World!" }));
app.put("/echo/:key", async (context) => {
  const body: unknown = await context.req.json();
  return context.json({ key: context.req.param("key"), body });
});

const server = serve({ fetch: app.fetch, hostname: "127.0.0.1", port: 0 }, ({ port }) => {
  console.log(`http://127.0.0.1:${port}`);
});
process.once("SIGTERM", () => server.close());
