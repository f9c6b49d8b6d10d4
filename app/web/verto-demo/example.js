// The example of the older SDK's documentation, word for word: connect, subscribe, sign in, go ready, take a break, dial, sign out.
// What it leaves to its reader (the token, the address, the callbacks) is on the page already: main.tsx.

var verto = new Verto();

var vcc = new VertoCallcenter(verto);

const loginParams = {
  xui_sessid: token,
};

const params = {
  login: "1001@xswitch.cn",
  passwd: "password",
  socketUrl: socketUrl,
  loginParams: loginParams,
};

verto.connect(params, callbacks);

verto.subscribe(eventChannel, { handler: onAgentEvent });

vcc.setGroup("default");

function signIn() {
  vcc.ccLogin(queue, agent, extn, success_cb, failed_cb);
}

function signOut() {
  vcc.ccLogout(queue, agent, success_cb, failed_cb);
}

function goReady() {
  vcc.ccGoReady(queue, agent, success_cb, failed_cb);
}

function goBreak() {
  vcc.ccGoBreak(queue, agent, reason, success_cb, failed_cb);
}

function dial() {
  vcc.ccDial(
    agent,
    extn,
    cidNumber,
    destNumber,
    earlyMedia,
    success_cb,
    failed_cb
  );
}

function disconnect() {
  verto.logout();
}
