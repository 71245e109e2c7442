import type { FileHandle } from "../filesystem/filesystem.ts";

const stepBytes = 1 << 20;
const zeros = Buffer.alloc(stepBytes);

/** Whether all bytes of a file from `position` up to `size` are zero, as space that was prepared is. */
export async function isZeroFrom(
  file: FileHandle,
  position: number,
  size: number,
): Promise<boolean> {
  for (let from = position; from < size; from += stepBytes) {
    const bytes = Buffer.allocUnsafe(Math.min(stepBytes, size - from));
    const part = bytes.subarray(0, await file.read(bytes, from));
    if (!part.equals(zeros.subarray(0, part.byteLength))) return false;
  }
  return true;
}
