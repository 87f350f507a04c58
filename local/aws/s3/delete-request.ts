import { XMLParser } from 'fast-xml-parser';
import { AwsError } from '../../kernel/contracts';

export interface DeleteRequest {
  readonly quiet: boolean;
  readonly objects: readonly { readonly key: string; readonly versionId: string | undefined }[];
}

const parser = new XMLParser({
  isArray: (name) => name === 'Object',
  parseTagValue: false,
  trimValues: false,
  processEntities: true,
  htmlEntities: false,
});

/** The body of DeleteObjects. Throws MalformedXML. */
export function readDeleteRequest(body: Buffer): DeleteRequest {
  let document: { Delete?: { Quiet?: string; Object?: readonly { Key?: string; VersionId?: string }[] } };
  try {
    document = parser.parse(body.toString('utf8'));
  } catch {
    throw malformed();
  }
  const objects = document.Delete?.Object;
  if (!Array.isArray(objects) || objects.length > 1000) throw malformed();
  return {
    quiet: document.Delete?.Quiet?.trim() === 'true',
    objects: objects.map(({ Key: key, VersionId: versionId }: { Key?: string; VersionId?: string }) => {
      if (typeof key !== 'string' || key === '') throw malformed();
      return { key, versionId };
    }),
  };
}

function malformed(): AwsError {
  return new AwsError(
    'MalformedXML',
    'The XML you provided was not well-formed or did not validate against our published schema',
  );
}
