import { createServer } from 'node:net';
import { findFreePorts, portSettings } from '../../local/cli/ports';
import { dataPlane } from './expected/data-plane';
import { leftBy, npmStart } from './support/npm-start';
import { tryFault } from './support/try-fault';

it(
  dataPlane.localPortsTaken.id,
  () =>
    tryFault(dataPlane.localPortsTaken, async (note) => {
      const problems: string[] = [];
      for (const { variable, purpose } of portSettings) {
        const ports = await findFreePorts();
        // A listener that never responds.
        const other = createServer((socket) => socket.on('error', () => undefined).resume());
        await new Promise<void>((resolve) => other.listen(ports[variable], '127.0.0.1', resolve));
        const started = npmStart(ports, 15_000);
        const code = await started.ended;
        const output = started.output();
        await new Promise((resolve) => other.close(resolve));
        problems.push(
          ...[
            code === 1 ? '' : `exit code ${code}`,
            output.includes(`Port ${ports[variable]} `) ? '' : 'the port is not named',
            output.includes(variable) ? '' : 'the variable is not named',
            output.includes(purpose) ? '' : 'what it is for is not named',
            output.trim().split('\n').length === 1 ? '' : `${output.trim().split('\n').length} lines`,
            ...(await leftBy(started.group, ports)),
          ]
            .filter((problem) => problem !== '')
            .map((problem) => `${variable}: ${problem}`),
        );
      }
      note(`${portSettings.length} ports`);
      return problems;
    }),
  120_000,
);
