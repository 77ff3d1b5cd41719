import { Hono } from 'hono';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { AppError } from '../errors.ts';
import { errorHandler } from './error-response.ts';

function appThat(throws: Error, lines: string[] = []) {
  const logger = pino(
    { base: null, timestamp: false },
    { write: (line: string) => lines.push(line) },
  );
  const app = new Hono();
  app.onError(errorHandler(logger));
  app.get('/', () => {
    throw throws;
  });
  return app;
}

test('an unexpected error is logged whole and answered with nothing of its inside', async () => {
  const lines: string[] = [];
  const error = new Error('SELECT secret FROM inside', { cause: new Error('the disk') });
  const response = await appThat(error, lines).request('/?token=hidden');
  expect(response.status).toBe(500);
  expect(await response.json()).toEqual({
    error: 'Something went wrong inside the server.',
    code: 'internal_error',
  });
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0]!)).toMatchObject({
    msg: 'request.handling_failed',
    method: 'GET',
    path: '/',
    err: { message: expect.stringContaining('SELECT secret') as string },
  });
  expect(lines[0]).toContain('the disk');
  expect(lines[0]).not.toContain('hidden');
});

test('an AppError is answered as it is, and not logged', async () => {
  const lines: string[] = [];
  const details = { status: 'failed' };
  const error = new AppError('session_final', 'It has ended.', {
    details,
    cause: new Error('inside'),
  });
  const response = await appThat(error, lines).request('/');
  expect([response.status, await response.json()]).toEqual([
    409,
    { error: 'It has ended.', code: 'session_final', details },
  ]);
  expect(lines).toEqual([]);
});

test('a server that is stopping says when to try again', async () => {
  const response = await appThat(new AppError('unavailable', 'Stopping.')).request('/');
  expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
});
