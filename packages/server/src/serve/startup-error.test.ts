import { describe, expect, test } from "vitest";

import { directoryError, listenError, StartupError } from "./startup-error.ts";

const systemError = (code: string, syscall: string): Error =>
  Object.assign(new Error(`${code}: …, ${syscall}`), { code, syscall });

describe("why a server could not start", () => {
  test.each([
    ["EADDRINUSE", "PORT_IN_USE", /^port 8080 on 127\.0\.0\.1 is in use: .* --port/],
    ["EACCES", "ADDRESS_UNUSABLE", /^port 8080 .* may not be listened on .* --port/],
    ["EADDRNOTAVAIL", "ADDRESS_UNUSABLE", /^127\.0\.0\.1 is not an address .* --host/],
    ["ENOTFOUND", "ADDRESS_UNUSABLE", /--host/],
  ])("a port: %s", (code, told, message) => {
    const error = listenError(systemError(code, "listen"), "127.0.0.1", 8080, "--port");
    expect(error).toBeInstanceOf(StartupError);
    expect(error).toMatchObject({ code: told, message: expect.stringMatching(message) });
  });

  test("the peer port is told by its own flags", () => {
    const inUse = listenError(systemError("EADDRINUSE", "listen"), "::1", 8081, "--peer-port");
    expect(inUse).toMatchObject({ message: expect.stringContaining("--peer-port") });
    const foreign = listenError(systemError("EADDRNOTAVAIL", "listen"), "::2", 1, "--peer-port");
    expect(foreign).toMatchObject({ message: expect.stringContaining("--peer-host") });
  });

  test.each(["EACCES", "ENOENT", "EROFS", "ENOTDIR", "EEXIST", "ENOSPC", "EIO", "EPERM"])(
    "the directory: %s, also as the cause of another error",
    (code) => {
      const plain = systemError(code, "mkdir");
      for (const error of [plain, new Error("cannot open", { cause: plain })]) {
        expect(directoryError(error, "/data")).toMatchObject({
          name: "StartupError",
          code: "DATA_DIRECTORY_UNUSABLE",
          message: expect.stringContaining("/data"),
          cause: error,
        });
      }
    },
  );

  test("anything else stays as it is", () => {
    for (const error of [new Error("other"), systemError("EMFILE", "open"), "text"]) {
      expect(listenError(error, "a", 1, "--port")).toBe(error);
      expect(directoryError(error, "/data")).toBe(error);
    }
  });
});
