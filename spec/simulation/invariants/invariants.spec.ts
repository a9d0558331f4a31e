import { BSON, Binary, Long } from 'bson';
import { describe, expect, it } from '@jest/globals';
import { VirtualRuntime } from '../../support/virtual-runtime.js';
import { WireWatch } from '../network/wire-watch.js';
import { Bank } from './bank.js';
import { Judge, type Invariant } from './breach.js';
import { Deadlines } from './deadlines.js';
import { Ledger } from './ledger.js';
import { checkStream, StreamRecord } from './stream-watch.js';
import { TransactionWatch } from './transaction-watch.js';

/** Which invariant is broken by what `happen` has a judge told. */
const brokenBy = (happen: (judge: Judge) => void): Invariant | undefined => {
  const judge = new Judge();
  happen(judge);
  return judge.breach?.invariant;
};

describe('Money', () => {
  const opened = (judge: Judge) => {
    const bank = new Bank(judge, 2);
    const transfer = bank.begin('caller', 0, 5);
    return { bank, transfer, row: { _id: transfer.id } };
  };
  const accounts = (first: number, second: number) => [
    { _id: 0, balance: first },
    { _id: 1, balance: second },
  ];

  it.each<[string, Invariant | undefined, (at: ReturnType<typeof opened>) => void]>([
    ['that is all there', undefined, ({ bank }) => bank.checkSnapshot('a', accounts(95, 105))],
    ['half of a transfer', 'money is conserved', ({ bank }) => bank.checkSnapshot('a', accounts(95, 100))],
    [
      'a missing account',
      'money is conserved',
      ({ bank }) => bank.checkSnapshot('a', accounts(200, 0).slice(1)),
    ],
    [
      'a transfer without effect',
      'applied at most once',
      ({ bank, row }) => bank.audit(accounts(100, 100), [row]),
    ],
    [
      'a transfer that counts twice',
      'applied at most once',
      ({ bank, row }) => bank.audit(accounts(90, 110), [row]),
    ],
    ['an unknown outcome', undefined, ({ bank }) => bank.audit(accounts(100, 100), [])],
    [
      'a committed transfer that is lost',
      'nothing lost',
      ({ bank, transfer }) => {
        transfer.state = 'committed';
        bank.audit(accounts(100, 100), []);
      },
    ],
    [
      'an aborted transfer that is there',
      'money is conserved',
      ({ bank, transfer, row }) => {
        transfer.state = 'aborted';
        bank.audit(accounts(95, 105), [row]);
      },
    ],
  ])('%s', (_what, invariant, happen) => {
    expect(brokenBy((judge) => happen(opened(judge)))).toBe(invariant);
  });
});

describe('Documents', () => {
  const audit = (prepare: (ledger: Ledger, id: string) => readonly object[]): Invariant | undefined =>
    brokenBy((judge) => {
      const ledger = new Ledger(judge);
      const entry = ledger.add('caller');
      entry.state = 'present';
      entry.least = 1;
      entry.most = 2;
      ledger.audit(prepare(ledger, entry.id) as Record<string, unknown>[]);
    });

  it.each<[string, Invariant | undefined, (id: string) => readonly object[]]>([
    ['as they were acknowledged', undefined, (_id) => [{ _id, caller: 'caller', v: 1 }]],
    ['lost', 'nothing lost', () => []],
    ['with a lost increment', 'nothing lost', (_id) => [{ _id, caller: 'caller', v: 0 }]],
    ['with one too many', 'applied at most once', (_id) => [{ _id, caller: 'caller', v: 3 }]],
    ['of somebody else', 'own documents only', (_id) => [{ _id, caller: 'other', v: 1 }]],
  ])('%s', (_what, invariant, documents) => {
    expect(audit((_ledger, id) => documents(id))).toBe(invariant);
  });

  it('that were deleted and are there', () => {
    const broken = audit((ledger, id) => {
      ledger.entries.get(id)!.state = 'absent';
      return [{ _id: id, caller: 'caller', v: 1 }];
    });
    expect(broken).toBe('nothing lost');
  });

  it('that a read of a request does not see', () => {
    expect(brokenBy((judge) => new Ledger(judge).checkRequest('caller', ['a', 'b'], [{ _id: 'a' }]))).toBe(
      'requests see their writes',
    );
  });
});

describe('Changes', () => {
  const check = (given: readonly string[], isComplete = true): Invariant | undefined =>
    brokenBy((judge) => {
      const record = new StreamRecord('watcher');
      record.start = '1';
      record.given = [...given];
      checkStream(judge, record, ['1', '2', '3', '4'], isComplete);
    });

  it('arrive once and in order', () => {
    const broken: Invariant = 'every change once and in order';
    expect(check(['2', '3', '4'])).toBeUndefined();
    expect(check(['2', '4'])).toBe(broken);
    expect(check(['2', '2', '3', '4'])).toBe(broken);
    expect(check(['3', '2', '4'])).toBe(broken);
    expect(check(['2', '3', '4', '5'])).toBe(broken);
    expect(check(['2', '3'])).toBe(broken);
    expect(check(['2', '3'], false)).toBeUndefined();
  });

  it('are given again behind the stored token, not before it', () => {
    const record = new StreamRecord('watcher');
    record.given = ['2', '3', '4'];
    record.stored = '3';
    record.beginAnew();
    expect(record.given).toEqual(['2', '3']);
  });
});

const message = (requestId: number, responseTo: number, body: object): Buffer => {
  const document = BSON.serialize(body);
  const bytes = Buffer.alloc(21 + document.length);
  bytes.writeInt32LE(bytes.length, 0);
  bytes.writeInt32LE(requestId, 4);
  bytes.writeInt32LE(responseTo, 8);
  bytes.writeInt32LE(2013, 12);
  bytes.set(document, 21);
  return bytes;
};

describe('The wire', () => {
  const broken = (happen: (wire: WireWatch) => void): Invariant | undefined =>
    brokenBy((judge) => {
      const complain = (what: string): void => judge.complain('one request per connection', what);
      happen(new WireWatch('client', complain, new TransactionWatch(judge)));
    });
  const begin = (requestId: number, txnNumber: number): Buffer =>
    message(requestId, 0, {
      insert: 'c',
      lsid: { id: new Binary(Buffer.alloc(16, 7), 4) },
      txnNumber: Long.fromNumber(txnNumber),
      startTransaction: true,
    });

  it('a request and its reply', () => {
    const outcome = broken((wire) => {
      wire.sent(message(1, 0, { ping: 1 }));
      wire.received(message(100, 1, { ok: 1 }));
      wire.sent(message(2, 0, { ping: 1 }));
    });
    expect(outcome).toBeUndefined();
  });

  it('a second request, and a reply to another', () => {
    expect(
      broken((wire) => {
        wire.sent(message(1, 0, { ping: 1 }));
        wire.sent(message(2, 0, { ping: 1 }));
      }),
    ).toBe('one request per connection');
    expect(
      broken((wire) => {
        wire.sent(message(1, 0, { ping: 1 }));
        wire.received(message(100, 2, { ok: 1 }));
      }),
    ).toBe('one request per connection');
  });

  it('a transaction that is begun twice', () => {
    const twice = (second: number) =>
      broken((wire) => {
        wire.sent(begin(1, 1));
        wire.received(message(100, 1, { ok: 1 }));
        wire.sent(begin(2, second));
      });
    expect(twice(2)).toBeUndefined();
    expect(twice(1)).toBe('one startTransaction');
  });
});

describe('Deadlines', () => {
  it('of what never settles', async () => {
    const runtime = new VirtualRuntime();
    const judge = new Judge();
    const deadlines = new Deadlines(runtime, judge);
    void deadlines.within(100, 'a call', new Promise(() => undefined));
    await runtime.advance(100);
    deadlines.checkAll();
    expect(judge.breach).toBeUndefined();
    await runtime.advance(1);
    deadlines.checkAll();
    expect(judge.breach?.invariant).toBe('settled within the deadline');
  });
});
