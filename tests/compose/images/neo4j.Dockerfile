# The embedded Neo4j's programs, used like the image `neo4j`.
ARG BASE_IMAGE
FROM ${BASE_IMAGE}
ARG JAVA_WHEEL
RUN python3 -m venv /opt/java \
 && /opt/java/bin/pip install --quiet "$JAVA_WHEEL" \
 && useradd --create-home neo4j \
 && mkdir /data && chown neo4j:neo4j /data
COPY lib /opt/neo4j/lib
COPY neo4j.sh /usr/local/bin/
RUN mkdir -p /opt/neo4j/conf /opt/neo4j/logs \
 && chown -R neo4j:neo4j /opt/neo4j/conf /opt/neo4j/logs
USER neo4j
WORKDIR /opt/neo4j
CMD ["sh", "/usr/local/bin/neo4j.sh"]
