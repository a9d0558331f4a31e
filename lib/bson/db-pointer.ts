import type { ObjectId } from 'bson';

/** The deprecated BSON type 0x0C: a namespace and an id in it. Kept apart from `DBRef`, so that it is written back as it was read. */
export class DBPointer {
  readonly namespace: string;
  readonly id: ObjectId;

  constructor(namespace: string, id: ObjectId) {
    this.namespace = namespace;
    this.id = id;
  }

  get _bsontype(): 'DBPointer' {
    return 'DBPointer';
  }

  toJSON(): { readonly $dbPointer: { readonly $ref: string; readonly $id: string } } {
    return { $dbPointer: { $ref: this.namespace, $id: this.id.toHexString() } };
  }
}
