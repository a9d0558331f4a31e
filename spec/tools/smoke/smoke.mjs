// The built package, loaded by `import` as a user would: round trip on an embedded deployment.
import * as bson from 'asyncmongo/bson';
import * as driver from 'asyncmongo';
import * as testing from 'asyncmongo/testing';
import { roundTrip } from './round-trip.cjs';

await roundTrip({ driver, bson, testing });
