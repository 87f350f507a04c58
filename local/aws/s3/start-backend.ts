import { resolveBackend } from '../../engines';
import type { S3Backend } from './contracts';
import { startGatewayS3 } from './gateway';
import { createStandInS3 } from './stand-in';

/**
 * A real S3 server if one is found and starts, else the stand-in. The reason for a failed start goes to standard error.
 */
export async function startS3Backend(storage: Parameters<typeof createStandInS3>[0]): Promise<S3Backend> {
  const engine = await resolveBackend('s3');
  if (engine.kind === 'stand-in') return createStandInS3(storage);
  try {
    return await startGatewayS3(engine, storage);
  } catch (error) {
    process.stderr.write(`${engine.label} is not used: ${(error as Error).message} The S3 stand-in answers instead.\n`);
    return createStandInS3(storage);
  }
}
