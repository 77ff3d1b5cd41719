import type { ReadableStream } from 'node:stream/web';
import { TextDecoder } from 'node:util';

/**
 * A response's body as text, read no further than `maxBytes`; `truncated` says that there was more.
 * What it reads is counted after decompression.
 */
export async function readBody(
  response: Response,
  maxBytes: number,
): Promise<{ text: string; isJson: boolean; truncated: boolean }> {
  const type = response.headers.get('content-type') ?? '';
  const isJson = /^\s*application\/([\w.+-]+\+)?json\s*(;|$)/i.test(type);
  const chunks: Uint8Array[] = [];
  let size = 0;
  let truncated = false;
  if (response.body !== null) {
    // Leaving the loop cancels the body and frees its connection.
    for await (const chunk of response.body as ReadableStream<Uint8Array>) {
      const room = maxBytes - size;
      size += chunk.byteLength;
      truncated = size > maxBytes;
      chunks.push(truncated ? chunk.subarray(0, room) : chunk);
      if (truncated) break;
    }
  }
  return { text: decoderFor(type).decode(Buffer.concat(chunks)), isJson, truncated };
}

function decoderFor(type: string): TextDecoder {
  const [, charset = 'utf-8'] = /;\s*charset\s*=\s*"?([^";\s]+)/i.exec(type) ?? [];
  try {
    return new TextDecoder(charset);
  } catch {
    // A charset that nobody knows: UTF-8 is the best guess.
    return new TextDecoder();
  }
}
