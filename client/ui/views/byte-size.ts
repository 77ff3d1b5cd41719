/** A number of bytes as people say it: `320 bytes`, `48 kB`, `5.9 MB`. */
export function byteSize(bytes: number): string {
  if (bytes < 1_000) return `${Math.round(bytes)} bytes`;
  if (bytes < 1_000_000) return `${Math.round(bytes / 1_000)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
