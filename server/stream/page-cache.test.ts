import { expect, test } from 'vitest';
import { PageCache } from './page-cache.ts';

/** A cache with a count of what was loaded. */
function counted(maxSize: number) {
  const cache = new PageCache<{ name: string; size: number }>(maxSize);
  const loads: string[] = [];
  const get = (topic: string, key: string, size = 0) =>
    cache.get(topic, key, async () => {
      loads.push(`${topic} ${key}`);
      return { name: `${topic} ${key}`, size };
    });
  return { cache, loads, get };
}

test('readers at one cursor share a page, and one that is being loaded', async () => {
  const { loads, get } = counted(10_000);
  const [first, second] = await Promise.all([get('s', '1'), get('s', '1')]);
  expect(first).toBe(second);
  expect(await get('s', '1')).toBe(first);
  expect(await get('s', '2')).not.toBe(first);
  expect(loads).toEqual(['s 1', 's 2']);
});

test('a dropped topic is loaded anew, also while its page is being loaded', async () => {
  const { cache, loads, get } = counted(10_000);
  const before = get('s', '1');
  cache.drop('s');
  const after = get('s', '1');
  expect(await before).not.toBe(await after);
  expect(await get('s', '1')).toBe(await after);
  expect(loads).toEqual(['s 1', 's 1']);
});

test('what is absent or fails is asked for again', async () => {
  const cache = new PageCache<{ size: number }>(10_000);
  expect(await cache.get('s', '1', async () => null)).toBeNull();
  await expect(cache.get('s', '1', () => Promise.reject(new Error('down')))).rejects.toThrow(
    'down',
  );
  expect(await cache.get('s', '1', async () => ({ size: 3 }))).toEqual({ size: 3 });
});

test('beyond its size it forgets the oldest topics', async () => {
  const { loads, get } = counted(10_000);
  for (const topic of ['a', 'b', 'c']) await get(topic, '1', 4000);
  loads.length = 0;
  await get('c', '1');
  await get('b', '1');
  await get('a', '1');
  expect(loads).toEqual(['a 1']);
});

test('a topic larger than the cache leaves nothing behind', async () => {
  const { loads, get } = counted(10_000);
  await get('a', '1', 4000);
  await get('big', '1', 20_000);
  loads.length = 0;
  await get('a', '1', 4000);
  await get('a', '1', 4000);
  await get('big', '1', 20_000);
  expect(loads).toEqual(['a 1', 'big 1']);
});
