import { describe, expect, it } from '@jest/globals';
import { TopologyView } from '../../lib/client/topology-view.js';
import { outcomeOf } from '../support/outcome.js';
import { member, topologyFixture } from '../topology/topology-fixture.js';

describe('TopologyView', () => {
  it('waits for members no longer than a selection may take, and tells what is known by then', async () => {
    const { topology, monitors, runtime } = topologyFixture({
      seeds: ['a:27017', 'b:27017'],
      replicaSet: 'rs',
      connectTimeoutMS: 0,
    });
    const view = new TopologyView(topology);
    const primary = outcomeOf(view.primary());
    const secondaries = outcomeOf(view.members('RSSecondary'));
    await runtime.settle();
    await monitors.answer('a:27017', member('primary'));
    await runtime.advance(29_999);
    expect([primary, secondaries]).toEqual([{}, {}]);
    await runtime.advance(1);
    expect([primary, secondaries]).toEqual([{ value: ['a', 27017] }, { value: [] }]);
    await topology.close();
  });

  it('tells those who wait for members that the client is closed', async () => {
    const { topology, runtime } = topologyFixture({ connectTimeoutMS: 0 });
    const members = outcomeOf(new TopologyView(topology).members('RSArbiter'));
    await runtime.settle();
    await topology.close();
    expect(members.error).toMatchObject({ kind: 'invalid-operation' });
  });

  it('does not take a guess of another member for what is known', async () => {
    const { topology, monitors } = topologyFixture({ seeds: ['a:27017', 'b:27017'], replicaSet: 'rs' });
    topology.start();
    await monitors.answer('b:27017', member('secondary', { primary: 'a:27017' }));
    expect([...new TopologyView(topology).nodes]).toEqual(['b:27017']);
    await topology.close();
  });
});
