#!/bin/sh
# Makes a certificate authority and a server's certificate in ./certificates.
#     ./certificates.sh NAME     the name by which the other machines reach this one
set -eu
name=${1:?usage: certificates.sh NAME}
umask 077
mkdir -p certificates
cd certificates
openssl req -x509 -newkey rsa:3072 -nodes -days 3650 -subj "/CN=Image Finder server" \
    -keyout ca.key -out ca.pem
openssl req -newkey rsa:3072 -nodes -subj "/CN=$name" -keyout server.key -out server.csr
printf 'subjectAltName = DNS:%s, DNS:localhost\nbasicConstraints = CA:FALSE\nextendedKeyUsage = serverAuth\n' "$name" > server.ext
openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 825 \
    -extfile server.ext -out server.pem
rm server.csr server.ext
chmod 644 ca.pem server.pem
echo "Give certificates/ca.pem to the other machines; keep the files that end in .key."
