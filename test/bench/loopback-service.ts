/** A remote service in a thread of its own, so that what it takes is taken from nobody that is measured. */
import { createServer } from 'node:http';
import { parentPort } from 'node:worker_threads';

const answer = '{"id":9007199254740993,"id_str":"9007199254740993","text":"hello"}';

const server = createServer((request, response) => {
  request.resume();
  request.on('end', () => {
    response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': answer.length });
    response.end(answer);
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  parentPort?.postMessage(address !== null && typeof address === 'object' ? address.port : 0);
});
