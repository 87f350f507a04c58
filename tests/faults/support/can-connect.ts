import { connect } from 'node:net';

/** Whether a TCP connection to this address opens within a second. */
export function canConnect(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 1_000 });
    const end = (opened: boolean) => {
      socket.destroy();
      resolve(opened);
    };
    socket.on('connect', () => end(true)).on('timeout', () => end(false));
    socket.on('error', () => end(false));
  });
}
