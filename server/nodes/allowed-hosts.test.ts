import { expect, test } from 'vitest';
import { allowedHosts } from './allowed-hosts.ts';

const allows = (entry: string, url: string) => allowedHosts([entry])(new URL(url));

test('a host alone allows all its ports, whatever the case and a dot at the end', () => {
  expect(allows('Example.com', 'https://example.com/')).toBe(true);
  expect(allows('example.com', 'http://EXAMPLE.com.:8080/')).toBe(true);
});

test('a host does not allow its subdomains, its parents or what merely ends alike', () => {
  expect(allows('example.com', 'https://api.example.com/')).toBe(false);
  expect(allows('api.example.com', 'https://example.com/')).toBe(false);
  expect(allows('example.com', 'https://badexample.com/')).toBe(false);
  expect(allows('example.com', 'https://example.com.evil.org/')).toBe(false);
});

test('a host with a port allows that port alone, the default ports too', () => {
  expect(allows('example.com:443', 'https://example.com/')).toBe(true);
  expect(allows('example.com:443', 'http://example.com/')).toBe(false);
  expect(allows('example.com:80', 'http://example.com/')).toBe(true);
  expect(allows('[::1]:8080', 'http://[::1]:8080/')).toBe(true);
  expect(allows('[::1]:8080', 'http://[::1]:8081/')).toBe(false);
});

test('an entry that is no host is refused by name', () => {
  for (const entry of ['', 'https://example.com', 'example.com/path', 'a b', 'user@host', 'h:x']) {
    expect(() => allowedHosts([entry])).toThrow(
      `'${entry}' is not a host, nor a host with a port.`,
    );
  }
});

test('nothing is allowed when nothing is named', () => {
  expect(allowedHosts([])(new URL('http://127.0.0.1/'))).toBe(false);
});
