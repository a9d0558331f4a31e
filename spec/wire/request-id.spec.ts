import { expect, it } from '@jest/globals';
import { nextRequestId } from '../../lib/wire/request-id.js';

it('gives ascending positive numbers', () => {
  const first = nextRequestId();
  expect(first).toBeGreaterThan(0);
  expect(nextRequestId()).toBe(first + 1);
});
