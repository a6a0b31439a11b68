#!/bin/sh
# Throw-away certificates for tests: certs.sh DIRECTORY. Makes a CA (ca.pem), a server (server.pem,
# server.key) for localhost, clients good, revoked, expired, foreign (another CA), wrongeku, nameless,
# and lists crl.pem (revokes nobody), crl-revoked.pem (revokes "revoked"), crl-stale.pem (out of date).
set -eu
mkdir -p "$1"
cd "$1"

cat > ca.cnf <<'CONF'
[ca]
default_ca = here
[here]
dir = .
database = index.txt
serial = serial
crlnumber = crlnumber
new_certs_dir = .
default_md = sha256
policy = any
unique_subject = no
copy_extensions = none
[any]
organizationName = optional
commonName = optional
[authority]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = CA:FALSE
extendedKeyUsage = serverAuth
subjectAltName = DNS:localhost,IP:127.0.0.1
[client]
basicConstraints = CA:FALSE
extendedKeyUsage = clientAuth
CONF
: > index.txt
echo 1000 > serial
echo 01 > crlnumber

key() {
	openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"
}

authority() { # NAME
	key "$1"
	openssl req -new -x509 -key "$1.key" -days 3650 -subj "/O=Test/CN=$1" -config ca.cnf \
		-extensions authority -out "$1.pem" -nodes
}

# issue NAME EXTENSIONS SUBJECT CA [openssl ca arguments]
issue() {
	name=$1 extensions=$2 subject=$3 ca=$4
	shift 4
	key "$name"
	openssl req -new -key "$name.key" -subj "$subject" -config ca.cnf -out "$name.csr"
	openssl ca -batch -notext -config ca.cnf -extensions "$extensions" -cert "$ca.pem" \
		-keyfile "$ca.key" -in "$name.csr" -out "$name.pem" "$@" 2>/dev/null
}

revocations() { # FILE [openssl ca arguments]
	file=$1
	shift
	openssl ca -config ca.cnf -cert ca.pem -keyfile ca.key -gencrl -out "$file" "$@" 2>/dev/null
}

printf '[req]\ndistinguished_name = name\n[name]\n' >> ca.cnf
authority ca
authority other
issue server server /CN=localhost ca -days 365
issue good client /O=5QD/CN=alice ca -days 365
issue revoked client /O=5QD/CN=mallory ca -days 365
issue expired client /O=5QD/CN=old ca -startdate 20200101000000Z -enddate 20200201000000Z
issue foreign client /O=5QD/CN=alice other -days 365
issue wrongeku server /O=5QD/CN=alice ca -days 365
issue nameless client /CN=alice ca -days 365
revocations crl.pem -crldays 3650
revocations crl-stale.pem -crl_lastupdate 20200101000000Z -crl_nextupdate 20200201000000Z
openssl ca -config ca.cnf -cert ca.pem -keyfile ca.key -revoke revoked.pem 2>/dev/null
revocations crl-revoked.pem -crldays 3650
