import { beforeEach, describe, expect, it } from '@jest/globals';
import { failBefore, failGetMore, failWriteConcern } from '../../../lib/testing/failpoints/fail-command.js';
import { FailPoints } from '../../../lib/testing/failpoints/fail-points.js';
import type { Value } from '../../../lib/testing/query/value.js';

const doc = (fields: Record<string, Value>): Map<string, Value> => new Map(Object.entries(fields));

const subject = (
  name: string,
  overrides: Partial<Parameters<typeof failBefore>[1]> = {},
): Parameters<typeof failBefore>[1] => ({
  names: [name],
  namespace: 'db.coll',
  appName: 'app',
  random: () => 0.5,
  ...overrides,
});

describe('failCommand', () => {
  let points: FailPoints;
  beforeEach(() => {
    points = new FailPoints();
  });
  const configure = (mode: Value, data: Record<string, Value>): number =>
    points.configure('failCommand', mode, doc({ failCommands: ['find'], ...data }));
  const outcomes = (count: number): boolean[] =>
    Array.from({ length: count }, () => failBefore(points, subject('find')) !== undefined);

  it('acts as often as `times` says, then never', () => {
    configure(doc({ times: 2 }), { errorCode: 6 });
    expect(outcomes(4)).toEqual([true, true, false, false]);
    expect(points.any).toBe(false);
  });

  it('lets pass as many as `skip` says, then acts always', () => {
    configure(doc({ skip: 2 }), { errorCode: 6 });
    expect(outcomes(5)).toEqual([false, false, true, true, true]);
  });

  it('acts until it is off with alwaysOn', () => {
    configure('alwaysOn', { errorCode: 6 });
    expect(outcomes(3)).toEqual([true, true, true]);
    expect(points.configure('failCommand', 'off', undefined)).toBe(3);
    expect(outcomes(1)).toEqual([false]);
  });

  it('acts by chance with activationProbability', () => {
    configure(doc({ activationProbability: 0.5 }), { errorCode: 6 });
    expect(failBefore(points, subject('find', { random: () => 0.49 }))).toBeDefined();
    expect(failBefore(points, subject('find', { random: () => 0.51 }))).toBeUndefined();
  });

  it('counts only commands that it concerns', () => {
    configure(doc({ times: 1 }), { errorCode: 6, appName: 'app', namespace: 'db.coll' });
    expect(failBefore(points, subject('insert'))).toBeUndefined();
    expect(failBefore(points, subject('find', { appName: 'other' }))).toBeUndefined();
    expect(failBefore(points, subject('find', { namespace: 'db.other' }))).toBeUndefined();
    expect(failBefore(points, subject('find'))).toBeDefined();
  });

  it('knows a command by each of its names', () => {
    points.configure('failCommand', 'alwaysOn', doc({ failCommands: ['ismaster'], errorCode: 91 }));
    expect(failBefore(points, subject('', { names: ['isMaster', 'ismaster'] }))).toBeDefined();
  });

  it('never fails configureFailPoint itself', () => {
    points.configure('failCommand', 'alwaysOn', doc({ failAllCommands: true, errorCode: 91 }));
    expect(failBefore(points, subject('configureFailPoint'))).toBeUndefined();
    expect(failBefore(points, subject('anything'))).toBeDefined();
  });

  it('tells error, labels, blocking and closing', () => {
    configure('alwaysOn', {
      errorCode: 10107,
      errorLabels: ['A'],
      blockConnection: true,
      blockTimeMS: 50,
      closeConnection: true,
    });
    expect(failBefore(points, subject('find'))).toMatchObject({
      blockMS: 50,
      closeConnection: true,
      labels: ['A'],
      error: { code: 10107, codeName: 'NotWritablePrimary' },
    });
  });

  it('wants blockTimeMS with blockConnection', () => {
    configure('alwaysOn', { blockConnection: true });
    expect(() => failBefore(points, subject('find'))).toThrow(/blockTimeMS/);
  });

  it('leaves a write concern error for after the command', () => {
    points.configure(
      'failCommand',
      doc({ times: 1 }),
      doc({ failCommands: ['insert'], writeConcernError: doc({ code: 91 }) }),
    );
    expect(failBefore(points, subject('insert'))).toBeUndefined();
    expect(failWriteConcern(points, subject('insert'))).toEqual({
      writeConcernError: doc({ code: 91 }),
      labels: undefined,
    });
    expect(failWriteConcern(points, subject('insert'))).toBeUndefined();
  });

  it('fails a getMore that holds its cursor', () => {
    points.configure('failGetMoreAfterCursorCheckout', doc({ times: 1 }), doc({ errorCode: 280 }));
    expect(failGetMore(points, subject('getMore'))).toMatchObject({
      code: 280,
      codeName: 'ChangeStreamFatalError',
    });
    expect(failGetMore(points, subject('getMore'))).toBeUndefined();
  });

  it.each([
    ['an unknown name', () => points.configure('noSuchPoint', 'off', undefined), /not found/],
    ['an unknown mode', () => points.configure('failCommand', 'sometimes', undefined), /mode/],
    ['a negative count', () => points.configure('failCommand', doc({ times: -1 }), undefined), /times/],
    ['data that is no document', () => points.configure('failCommand', 'alwaysOn', 5), /data/],
  ])('refuses %s', (_what, act, message) => {
    expect(act).toThrow(message);
  });
});
