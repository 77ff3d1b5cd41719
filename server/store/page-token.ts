import { z } from 'zod';
import { InvalidPageToken } from './store.ts';

/** Where a page of the list ended: the sessions after it come next. */
export interface PageKey {
  readonly createdAt: number;
  readonly sessionId: string;
}

const tokenShape = z.tuple([z.number(), z.string()]);

export function encodePageToken({ createdAt, sessionId }: PageKey): string {
  return Buffer.from(JSON.stringify([createdAt, sessionId])).toString('base64url');
}

/** @throws InvalidPageToken */
export function decodePageToken(token: string): PageKey {
  let content: unknown;
  try {
    content = JSON.parse(Buffer.from(token, 'base64url').toString());
  } catch (error) {
    throw new InvalidPageToken('The page token is malformed.', { cause: error });
  }
  const key = tokenShape.safeParse(content);
  if (!key.success) throw new InvalidPageToken('The page token is malformed.');
  const [createdAt, sessionId] = key.data;
  return { createdAt, sessionId };
}
