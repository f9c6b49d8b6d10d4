# The images of docker-compose.yml that are ours: `app`, the control plane, and `janus`, Debian's Janus under our program.

FROM node:20-bookworm AS built
WORKDIR /cordboard
COPY package.json package-lock.json .npmrc ./
COPY gateway/embedded/sip-stack/package.json gateway/embedded/sip-stack/
COPY gateway/embedded/sip-server/package.json gateway/embedded/sip-server/
COPY gateway/embedded/media-switch/package.json gateway/embedded/media-switch/
COPY gateway/janus/no-unix-dgram gateway/janus/no-unix-dgram
COPY app/sdk/package.json app/sdk/
COPY app/sdk/verto-ts/package.json app/sdk/verto-ts/
RUN npm ci --ignore-scripts --no-audit --no-fund && npm rebuild sqlite3 esbuild
COPY . .
RUN node --input-type=module -e "import { build } from './scripts/build.mjs'; await build();" \
  && npm prune --omit=dev --ignore-scripts --no-audit --no-fund

FROM node:20-bookworm-slim AS base
ENV NODE_ENV=production
WORKDIR /cordboard
COPY --from=built /cordboard/package.json ./
COPY --from=built /cordboard/node_modules node_modules
COPY --from=built /cordboard/gateway/janus/no-unix-dgram gateway/janus/no-unix-dgram
COPY --from=built /cordboard/dist dist

FROM base AS janus
RUN apt-get update && apt-get install -y --no-install-recommends janus && rm -rf /var/lib/apt/lists/*
COPY janus-conf janus-conf
USER node
CMD ["node", "dist/janus.js"]

FROM base AS app
# espeak-ng speaks the texts of call flows. The folders are made here so that volumes laid over them belong to the right user.
RUN apt-get update && apt-get install -y --no-install-recommends espeak-ng && rm -rf /var/lib/apt/lists/* \
  && mkdir -p /data/recordings /data/sounds && chown -R node:node /data && chmod -R 0700 /data
VOLUME /data
USER node
CMD ["node", "dist/cordboard.js"]
