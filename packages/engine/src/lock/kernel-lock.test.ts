import { describe, expect, it } from "vitest";

import { kernelLockFailure, missingKernelLock } from "./kernel-lock.ts";
import { LockUnavailableError } from "./lock-errors.ts";

const failure = (code: string): Error => Object.assign(new Error(`${code}: it failed`), { code });

describe("a directory that cannot be locked", () => {
  it("says what to do where the file system has no locks", () => {
    for (const code of ["ENOLCK", "ENOSYS", "ENOTSUP", "EOPNOTSUPP", "EINVAL"]) {
      const cause = failure(code);
      const error = kernelLockFailure(cause, "/data");
      expect(error).toBeInstanceOf(LockUnavailableError);
      expect(error).toMatchObject({ code: "LOCK_UNAVAILABLE", cause });
      expect(error.message).toMatch(/^cannot lock \/data: .*local disk.*NFSv4/);
    }
  });

  it("passes on what the kernel said where that is all there is", () => {
    expect(kernelLockFailure(failure("EIO"), "/data").message).toContain("EIO: it failed");
    expect(kernelLockFailure("no error", "/data").message).toContain("no error");
  });

  it("names the package and the system where the native code does not load", () => {
    const cause = failure("ADDON_NOT_FOUND");
    const error = missingKernelLock(cause, "/data");
    expect(error).toMatchObject({ code: "LOCK_UNAVAILABLE", cause });
    expect(error.message).toContain("fs-native-extensions");
    expect(error.message).toContain(`${process.platform}-${process.arch}`);
  });
});
