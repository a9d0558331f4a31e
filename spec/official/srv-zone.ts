import type { Zone } from '../support/dns-server.js';

const DOMAIN = 'test.build.10gen.cc';
const HOST = `localhost.${DOMAIN}`;

const number = (test: number, service = 'mongodb'): string =>
  `_${service}._tcp.test${String(test)}.${DOMAIN}`;

/** The records of `source/initial-dns-seedlist-discovery/tests/README.md`. */
export const SRV_ZONE: Zone = {
  srv: {
    [number(1)]: [`${HOST}:27017`, `${HOST}:27018`],
    [number(2)]: [`${HOST}:27018`, `${HOST}:27019`],
    ...Object.fromEntries([3, 5, 6, 7, 8, 10, 11, 20, 21].map((test) => [number(test), [`${HOST}:27017`]])),
    [number(12)]: ['localhost.build.10gen.cc:27017'],
    [number(13)]: ['test.build.10gen.cc:27017'],
    [number(14)]: ['localhost.not-test.build.10gen.cc:27017'],
    [number(15)]: ['localhost.test.not-build.10gen.cc:27017'],
    [number(16)]: ['localhost.test.build.not-10gen.cc:27017'],
    [number(17)]: ['localhost.test.build.10gen.not-cc:27017'],
    [number(18)]: ['localhost.sub.test.build.10gen.cc:27017'],
    [number(19)]: ['localhost.evil.build.10gen.cc:27017', `${HOST}:27017`],
    // The list there has one of these two; the test file expects both as seeds.
    [number(22, 'customname')]: [`${HOST}:27017`, `${HOST}:27018`],
    [number(23)]: [`${HOST}:8000`],
    [number(24)]: [`${HOST}:8000`],
    '_mongodb._tcp.build.10gen.cc': ['build.10gen.cc:27017'],
    '_mongodb._tcp.test.build.10gen.cc': ['test.build.10gen.cc:27017'],
  },
  txt: {
    [`test5.${DOMAIN}`]: [['replicaSet=repl0&authSource=thisDB']],
    [`test6.${DOMAIN}`]: [['replicaSet=repl0'], ['authSource=otherDB']],
    [`test7.${DOMAIN}`]: [['ssl=false']],
    [`test8.${DOMAIN}`]: [['authSource']],
    [`test10.${DOMAIN}`]: [['socketTimeoutMS=500']],
    [`test11.${DOMAIN}`]: [['replicaS', 'et=rep', 'l0']],
    [`test20.${DOMAIN}`]: [['loadBalanced=true']],
    [`test21.${DOMAIN}`]: [['loadBalanced=false']],
    [`test24.${DOMAIN}`]: [['loadBalanced=true']],
  },
};

/** All names that servers are reached by, for their certificate. */
export const SERVER_NAMES = ['localhost', HOST, `localhost.sub.${DOMAIN}`, 'build.10gen.cc', DOMAIN];
