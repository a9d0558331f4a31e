import { RawBSONDocument } from '../bson/raw-document.js';
import { ObjectId } from '../bson/values.js';

/**
 * The `_id` a document is inserted under: its own, or a new `ObjectId` where it has none (`undefined` counts as none,
 * `null` does not). A new one is written into the caller's document as well, unless that is switched off or the
 * document cannot take it (frozen or not extensible); raw documents are sent as they are.
 */
export const documentId = (document: object, addToDocument: boolean): unknown => {
  if (document instanceof RawBSONDocument) return document.get('_id');
  if (document instanceof Map) {
    const own: unknown = document.get('_id');
    if (own !== undefined) return own;
    const id = new ObjectId();
    if (addToDocument && Object.isExtensible(document)) document.set('_id', id);
    return id;
  }
  const own = (document as { _id?: unknown })._id;
  if (own !== undefined) return own;
  const id = new ObjectId();
  if (addToDocument) Reflect.set(document, '_id', id);
  return id;
};
