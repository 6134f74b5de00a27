# The program as one bundle on Node, nothing else. Pin the base by digest where images are built:
#   docker build --build-arg NODE_IMAGE=node:24-bookworm-slim@sha256:… -t dbintel .
ARG NODE_IMAGE=node:24-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
# No install scripts: the bundle needs none of what they fetch.
RUN npm ci --ignore-scripts --loglevel=error
COPY tsconfig.json ./
COPY scripts scripts
COPY src src
COPY web web
# The paste page shows them.
COPY examples/plans examples/plans
RUN node --disable-warning=ExperimentalWarning scripts/bundle.ts dist
RUN node --disable-warning=ExperimentalWarning dist/main.js --version

FROM ${NODE_IMAGE}
LABEL org.opencontainers.image.title="dbintel" org.opencontainers.image.licenses="Apache-2.0"
# npm and its like have no business beside a program that runs.
RUN rm -rf /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /opt/yarn*
COPY --from=build /src/dist /opt/dbintel
COPY bin/dbintel-image /usr/local/bin/dbintel
COPY bin/kubectl-dbintel /usr/local/bin/kubectl-dbintel
ENV NODE_ENV=production
USER 65532:65532
WORKDIR /var/lib/dbintel
EXPOSE 8080 8081
ENTRYPOINT ["dbintel"]
CMD ["--help"]
