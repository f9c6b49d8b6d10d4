// Dependencies point one way (docs/architecture.md). test/architecture.test.ts runs this and proves that it looked.

const except = (name, from, to, comment) => ({ name, severity: 'error', comment, from, to });

module.exports = {
  forbidden: [
    except('no-circles', {}, { circular: true }, 'A circle has no top-down reading order.'),
    except(
      'domain-imports-only-itself',
      { path: '^app/domain/', pathNot: '\\.test\\.ts$' },
      { pathNot: '^app/domain/' },
      'The rules are pure: no library, no other room, nothing of Node.',
    ),
    except(
      'ports-speak-the-domains-words',
      { path: '^app/ports/' },
      { pathNot: '^app/(ports|domain)/' },
      'A port names what the core needs, never how somebody does it.',
    ),
    except(
      'engine-knows-domain-and-ports',
      { path: '^app/engine/', pathNot: '\\.test\\.ts$' },
      { path: '^(app|gateway|db)/', pathNot: '^app/(engine|domain|ports)/' },
      'Nobody calls back up.',
    ),
    except(
      'doors-reach-the-world-through-ports',
      { path: '^app/(http|realtime|faces|auth|flows|recordings|observe)/', pathNot: '\\.test\\.ts$' },
      { path: '^(gateway|db)/' },
      'What stands behind a port is the choice of app/main.ts.',
    ),
    except(
      'contract-is-for-browsers-too',
      { path: '^app/contract/', pathNot: '\\.test\\.ts$' },
      { pathNot: '^(app/contract/|node_modules/zod)' },
      'What crosses to a browser is a schema: no domain types, nothing of Node.',
    ),
    except(
      'adapters-know-ports-and-domain-types',
      { path: '^gateway/(sip|freeswitch|janus|speech)/', pathNot: '\\.test\\.ts$' },
      { path: '^(app|db)/', pathNot: '^app/((ports|domain)/|json\\.ts$)' },
      'An adapter translates one protocol.',
    ),
    ...['sip', 'freeswitch', 'janus', 'speech'].map((room) =>
      except(
        `gateway-${room}-stands-alone`,
        { path: `^gateway/${room}/` },
        { path: '^gateway/(sip|freeswitch|janus|speech|embedded)/', pathNot: `^gateway/${room}/` },
        'Adapters do not know each other.',
      ),
    ),
    except(
      'embedded-imports-nothing-of-the-app',
      { path: '^gateway/embedded/', pathNot: '\\.test\\.ts$' },
      { path: '^(app|db|gateway)/', pathNot: '^gateway/embedded/' },
      'The embedded servers are products of their own.',
    ),
    except(
      'database-knows-ports-and-domain-types',
      { path: '^db/', pathNot: '\\.test\\.ts$' },
      { path: '^(app|gateway)/', pathNot: '^app/(ports|domain)/' },
      'Tables and row mapping; rules live elsewhere.',
    ),
    except(
      'pages-ask-the-sdk',
      { path: '^app/web/' },
      { pathNot: '^(app/web/|app/sdk/|app/contract/|node_modules/(preact|@preact|socket\\.io-client))' },
      'A page reaches the server only through the SDK.',
    ),
    except(
      'sdk-knows-the-contract',
      { path: '^app/sdk/', pathNot: '\\.test\\.ts$' },
      { path: '^(app|gateway|db)/', pathNot: '^app/(sdk|contract)/' },
      'The SDK runs in a browser.',
    ),
    except(
      'doctor-looks-from-outside',
      { path: '^(app|gateway|db)/', pathNot: '^app/doctor/' },
      { path: '^app/doctor/' },
      'It examines the others; none of them needs it.',
    ),
    except(
      'tests-are-not-shipped',
      { path: '^(app|gateway|db)/', pathNot: '(\\.test\\.tsx?$|/test/)' },
      { path: '^test/' },
      'Nothing that ships depends on the tests.',
    ),
    ...[
      ['drachtio-srf', '^gateway/sip/server-link\\.ts$'],
      ['modesl', '^gateway/freeswitch/connection\\.ts$'],
      ['janode', '^gateway/janus/connection\\.ts$'],
      ['janus-gateway', '^app/sdk/janus-media\\.ts$'],
    ].map(([library, file]) =>
      except(
        `one-file-imports-${library}`,
        { path: '^(app|gateway|db)/', pathNot: `(${file}|\\.test\\.ts$)` },
        { path: `node_modules/${library}/` },
        'One importing file per telephony library: swapping it is a change of one file (ADR 0005).',
      ),
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { conditionNames: ['cordboard-source', 'import', 'node', 'default', 'types'] },
    moduleSystems: ['es6'],
  },
};
