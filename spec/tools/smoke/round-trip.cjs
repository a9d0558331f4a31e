const assert = require('node:assert/strict');

/** Works with whatever the two ways of loading hand over, so that both exercise the same exports. */
exports.roundTrip = async ({ driver, bson, testing }) => {
  const deployment = await testing.startDeployment({ topology: 'standalone' });
  const client = new driver.AsyncMongoClient(deployment.uri);
  try {
    const items = client.db('smoke').collection('items');
    const _id = new bson.ObjectId();
    await items.insertOne({ _id, name: 'smoke', amount: bson.Decimal128.fromString('1.10') });
    const found = await items.findOne({ name: 'smoke' });
    assert.equal(String(found._id), String(_id));
    assert.equal(String(found.amount), '1.10');
    await assert.rejects(items.insertOne({ _id }), { code: 11000 });
  } finally {
    await client.close();
    await deployment.stop();
  }
};
