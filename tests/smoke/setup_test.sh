#!/bin/sh
# tools/setup.sh where packages are missing and root is not to be had: it names them and fails.
# With everything there it says nothing. setup_test.sh SETUP
set -u
setup=$1
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT

fail() {
    echo "setup_test: $*" >&2
    exit 1
}

# A machine with these packages only, without sudo, and a user who is not root.
mkdir "$directory/bin"
for program in bash env; do ln -s "$(command -v "$program")" "$directory/bin/$program"; done
cat >"$directory/bin/dpkg-query" <<'SH'
#!/bin/bash
case " $INSTALLED " in
*" ${!#} "* | *" everything "*) printf installed ;;
*) echo "no packages found matching ${!#}" >&2; exit 1 ;;
esac
SH
printf '#!/bin/bash\necho 1000\n' >"$directory/bin/id"
printf '#!/bin/bash\necho called >>"%s/apt"\n' "$directory" >"$directory/bin/apt-get"
chmod +x "$directory"/bin/*

said=$(INSTALLED="gcc g++ cmake" PATH="$directory/bin" "$setup" 2>&1)
status=$?
[ "$status" = 1 ] || fail "it ended with $status: $said"
needed=$(echo "$said" | sed -n 's/^leat needs these Debian packages: //p')
case " $needed " in
*" librdkafka-dev "*) ;;
*) fail "it does not name librdkafka-dev: $said" ;;
esac
case " $needed " in
*" gcc "* | *" cmake "*) fail "it names what is there: $said" ;;
esac
echo "$said" | grep -qxF "as root: apt-get install $needed" || fail "it does not say how: $said"

said=$(INSTALLED=everything PATH="$directory/bin" "$setup" 2>&1) || fail "all is there: $said"
[ -z "$said" ] || fail "all is there, and it says: $said"
[ ! -e "$directory/apt" ] || fail "it has called apt-get"
