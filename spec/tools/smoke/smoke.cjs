// The built package, loaded by `require`, which Node >= 20.19 allows for ES modules.
const { roundTrip } = require('./round-trip.cjs');

roundTrip({
  driver: require('asyncmongo'),
  bson: require('asyncmongo/bson'),
  testing: require('asyncmongo/testing'),
}).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
