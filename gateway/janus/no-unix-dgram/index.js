// janode can speak to Janus over Unix datagram sockets, for which it needs a native module that is compiled at each
// installation. Cordboard speaks WebSocket only: this stands in its place: a workspace of that name goes before npm's.

exports.createSocket = () => {
  throw new Error('Janus is reached over WebSocket (ws:// or wss://), not over a Unix datagram socket');
};
