/**
 * Real work in one screen: against `MONGODB_URI` where it is set, else against an embedded replica set of three
 * members that this script starts and stops by itself.
 */
import { AsyncMongoClient, DuplicateKeyError, type ObjectId } from '../lib/index.js';
import { startDeployment } from '../lib/testing.js';

interface Book {
  _id: ObjectId;
  title: string;
  author: string;
  year: number;
  copies: number;
}

const embedded =
  process.env['MONGODB_URI'] === undefined
    ? await startDeployment({ topology: 'replicaset', members: 3 })
    : undefined;
const uri = process.env['MONGODB_URI'] ?? embedded?.uri;
const print = (title: string, value: unknown): void => console.log(`\n${title}\n`, value);

try {
  await using client = new AsyncMongoClient(uri);
  await client.connect();
  print('Connected', client.topologyDescription);

  const books = client.db('asyncmongo_quickstart').collection<Book>('books');
  await books.drop();

  const { insertedId } = await books.insertOne({ title: 'Emma', author: 'Austen', year: 1815, copies: 3 });
  print('Inserted one book; its _id was made by the driver', insertedId);

  const { insertedCount } = await books.insertMany([
    { title: 'Persuasion', author: 'Austen', year: 1817, copies: 1 },
    { title: 'Middlemarch', author: 'Eliot', year: 1871, copies: 4 },
    { title: 'Silas Marner', author: 'Eliot', year: 1861, copies: 2 },
    { title: 'Dracula', author: 'Stoker', year: 1897, copies: 5 },
  ]);
  print('Inserted more', insertedCount);

  console.log('\nBooks before 1870, oldest first');
  for await (const book of books.find({ year: { $lt: 1870 } }, { sort: { year: 1 } })) {
    console.log(` ${String(book.year)}  ${book.title} (${book.author})`);
  }

  const byAuthor = await books.aggregate([
    { $group: { _id: '$author', books: { $sum: 1 }, copies: { $sum: '$copies' } } },
    { $sort: { copies: -1 } },
  ]);
  print('Copies by author', await byAuthor.toArray());

  const result = await books.bulkWrite([
    { updateOne: { filter: { title: 'Emma' }, update: { $inc: { copies: 2 } } } },
    { updateMany: { filter: { author: 'Eliot' }, update: { $set: { shelf: 'E' } } } },
    { deleteOne: { filter: { title: 'Dracula' } } },
    {
      replaceOne: {
        filter: { title: 'Cranford' },
        replacement: { title: 'Cranford', author: 'Gaskell', year: 1853, copies: 1 },
        upsert: true,
      },
    },
  ]);
  print('Bulk write', result);

  print('Index created', await books.createIndex({ title: 1 }, { unique: true }));
  try {
    await books.insertOne({ title: 'Emma', author: 'Somebody else', year: 2020, copies: 1 });
  } catch (error) {
    if (!(error instanceof DuplicateKeyError)) throw error;
    print('The unique index refused a second "Emma"', {
      name: error.name,
      code: error.code,
      keys: error.keys,
      message: error.message,
    });
  }
} finally {
  await embedded?.stop();
}
