// A shell's functions for a client (c), a director (d) and two servers (s1, s2), each a network namespace.

/**
 * The client's network is 203.0.113.0/24, the servers' is 10.0.0.0/24, on the director's bridge br0. Both servers
 * listen on port 80. The settings are those that a finding would be about otherwise.
 */
export const LAB = `set -e
inside() { ip netns exec "$@"; }
director() { inside d "$@"; }
serve() {
  # It listens before it leaves the foreground, and prints its process.
  servers="$servers $(inside "$1" perl -e '
    use Socket qw(:DEFAULT pack_sockaddr_in6 IN6ADDR_ANY);
    socket my $server, AF_INET6, SOCK_STREAM, 6 or die "$!"; setsockopt $server, SOL_SOCKET, SO_REUSEADDR, 1;
    bind $server, pack_sockaddr_in6(shift, IN6ADDR_ANY) or die "$!"; listen $server, 50;
    if (my $child = fork) { print $child; exit }
    close STDOUT; close STDERR;
    while (accept my $client, $server) { syswrite $client, "answered\\n"; close $client }' "$2" </dev/null)"
}
ask() { # NAMESPACE ADDRESS PORT [SECONDS: for an answer that is not to come]
  inside "$1" perl -e '
    use Socket qw(:DEFAULT inet_pton pack_sockaddr_in6);
    my ($address, $port, $patience) = @ARGV; $SIG{ALRM} = sub { print "no answer\\n"; exit }; alarm $patience;
    my $six = $address =~ /:/; my $bytes = inet_pton $six ? AF_INET6 : AF_INET, $address;
    socket my $socket, $six ? AF_INET6 : AF_INET, SOCK_STREAM, 6 or die "$!";
    connect $socket, $six ? pack_sockaddr_in6($port, $bytes) : pack_sockaddr_in($port, $bytes) or do { print "$!\\n"; exit };
    print scalar <$socket>' "$2" "$3" "\${4:-600}"
}
clear() {
  for server in $servers; do kill "$server"; done
  for name in c d s1 s2; do ip netns del "$name"; done
}
servers=
ip -batch - <<'END'
netns add c
netns add d
netns add s1
netns add s2
link add cd netns c type veth peer name dc netns d
link add e netns s1 type veth peer name ps1 netns d
link add e netns s2 type veth peer name ps2 netns d
END
ip -n c -batch - <<'END'
link set lo up
address add 203.0.113.10/24 dev cd
link set cd up
route add default via 203.0.113.1
END
ip -n d -batch - <<'END'
link set lo up
address add 203.0.113.1/24 dev dc
link set dc up
link add name br0 type bridge
link set br0 up
address add 10.0.0.1/24 dev br0
link set ps1 master br0 up
link set ps2 master br0 up
END
for i in 1 2; do
  ip -n "s$i" -batch - <<END
link set lo up
address add 10.0.0.1$i/24 dev e
link set e up
route add default via 10.0.0.1
END
  serve "s$i" 80
done
director sysctl -q -w net.ipv4.ip_forward=1 net.ipv4.vs.expire_nodest_conn=1 net.ipv4.vs.expire_quiescent_template=1
`
