/** The bytes that base64 stands for; null when it is none. */
export function blobOf(mimeType: string, data: string): Blob | null {
  try {
    const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
    return new Blob([bytes], { type: isShown(mimeType) ? mimeType : 'application/octet-stream' });
  } catch {
    // The base64 alphabet for addresses, or no base64 at all.
    return null;
  }
}

/** Anything else, HTML say, would be a page of this origin if its address were opened. */
function isShown(mimeType: string): boolean {
  return /^(?:image|audio|video)\/[\w.+-]+$/i.test(mimeType);
}
