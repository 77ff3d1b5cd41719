import { describe, expect, it } from 'vitest';
import { ApiError } from './api-error.ts';
import { createServerAccess, type ServerAccess } from './server-access.ts';
import type { TokenProvider } from '../panel-interface.ts';

/** A server that knows these tokens; its log says what it was shown. */
function setUp(provider: TokenProvider | null, known: string[] = []) {
  const log: string[] = [];
  const access = createServerAccess({
    base: 'https://box.example/runs/',
    tokenProvider: () => provider,
    fetch: async (input, init = {}) => {
      const shown = new Headers(init.headers).get('authorization');
      log.push(
        `${init.method ?? 'GET'} ${new Request(input).url} ${shown ?? init.credentials ?? 'nothing'}`,
      );
      const isKnown = provider === null || known.some((token) => shown === `Bearer ${token}`);
      return new Response(isKnown ? 'yes' : 'no', { status: isKnown ? 200 : 401 });
    },
  });
  return { access, log };
}

const statusOf = async (access: ServerAccess, init?: RequestInit) =>
  (await access.fetch('/v1beta1/graphs', init)).status;

describe('the way to a server', () => {
  it('leads below its address, and without tokens shows the cookies of its site', async () => {
    const { access, log } = setUp(null);
    expect(await statusOf(access)).toBe(200);
    expect(log).toEqual(['GET https://box.example/runs/v1beta1/graphs include']);
    expect(await access.identity).toBe('https://box.example/runs/');
  });

  it('asks for a token before each request', async () => {
    let asked = 0;
    const { access, log } = setUp(() => `t${(asked += 1)}`, ['t1', 't2']);
    expect([await statusOf(access), await statusOf(access, { method: 'POST' })]).toEqual([
      200, 200,
    ]);
    expect(log).toEqual([
      'GET https://box.example/runs/v1beta1/graphs Bearer t1',
      'POST https://box.example/runs/v1beta1/graphs Bearer t2',
    ]);
  });

  it('asks once more when a token is refused, and sends the same again', async () => {
    const told: (string | null)[] = [];
    const { access, log } = setUp(
      async ({ refused }) => {
        told.push(refused);
        return refused === 'old' ? 'new' : 'old';
      },
      ['new'],
    );
    expect(await statusOf(access, { method: 'POST', body: '{}' })).toBe(200);
    expect(told).toEqual([null, 'old']);
    expect(log.map((line) => line.split(' ').at(-1))).toEqual(['old', 'new']);
  });

  it('gives the refusal when there is no other token, and when the other is refused too', async () => {
    const same = setUp(() => 'same');
    expect(await (await same.access.fetch('/v1beta1/graphs')).text()).toBe('no');
    expect(same.log).toHaveLength(1);
    let asked = 0;
    const other = setUp(() => `t${(asked += 1)}`);
    expect(await statusOf(other.access)).toBe(401);
    expect([other.log.length, asked]).toEqual([2, 2]);
  });

  it('says why there is no token', async () => {
    const { access, log } = setUp(() => Promise.reject(new Error('signed out')));
    const error = await access.fetch('/v1beta1/graphs').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({
      code: 'no_token',
      message: 'There is no token for the server: signed out',
    });
    expect(log).toEqual([]);
  });

  it('waits for nobody when the page is left', async () => {
    let give: (token: string) => void = () => undefined;
    const tokens: TokenProvider[] = [
      () => 'first',
      () => new Promise<string>((resolve) => (give = resolve)),
    ];
    const { access, log } = setUp(
      (request) => (tokens.shift() ?? (() => 'none'))(request),
      ['first'],
    );
    await statusOf(access);
    expect(await statusOf(access, { method: 'DELETE', keepalive: true })).toBe(200);
    expect(log.at(-1)).toContain('DELETE');
    give('');
  });

  it('is known by the server and by whoever the first token is of, but not by the token', async () => {
    const identityOf = async (token: string) => {
      const { access } = setUp(() => token, [token]);
      await statusOf(access);
      return access.identity;
    };
    const [one, again, other] = await Promise.all(['a', 'a', 'b'].map(identityOf));
    expect(one).toBe(again);
    expect(one).not.toBe(other);
    expect(one).toMatch(/^https:\/\/box\.example\/runs\/ [\da-f]{64}$/);
  });

  it('sends nothing once a request was given up while a token was on its way', async () => {
    let give: (token: string) => void = () => undefined;
    const giving = new Promise<string>((resolve) => (give = resolve));
    const { access, log } = setUp(() => giving, ['late']);
    const leaving = new AbortController();
    const answer = access.fetch('/v1beta1/graphs', { signal: leaving.signal });
    leaving.abort();
    give('late');
    await expect(answer).rejects.toThrow();
    expect(log).toEqual([]);
  });
});
