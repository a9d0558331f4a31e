/** Answers each find after so many milliseconds; prints its connection string, and ends with its input. */
import { setTimeout as pause } from 'node:timers/promises';
import { cursorReply, startScriptedServer } from '../../support/scripted-server.js';

const serviceMS = Number(process.argv[2]);
const reply = cursorReply('soak.queue', [{ _id: 1 }]);
const server = await startScriptedServer({
  script: {
    find: async () => {
      await pause(serviceMS);
      return reply;
    },
  },
});
process.stdout.write(`${server.uri}\n`);
process.stdin.resume();
process.stdin.once('end', () => process.exit(0));
