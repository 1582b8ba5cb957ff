// A shell's functions for a client (c), a director (d) and two servers (s1, s2), each a network namespace.

/**
 * The client's network is 203.0.113.0/24, the servers' is 10.0.0.0/24, on the director's bridge br0. Both servers
 * listen on port 80. The settings are those that a finding would be about otherwise.
 */
export const LAB = `set -e
inside() { ip netns exec "$@"; }
director() { inside d "$@"; }
serve() {
  inside "$1" perl -MIO::Socket::IP -e '
    my $server = IO::Socket::IP->new(LocalPort => shift, LocalAddr => "::", V6Only => 0, Listen => 50, ReuseAddr => 1) or die "$@";
    open my $ready, ">", shift; close $ready;
    while (my $client = $server->accept) { print $client "answered\\n"; close $client }' "$2" "/tmp/ready-$1-$2" </dev/null >/dev/null 2>&1 &
  servers="$servers $!"
  until [ -e "/tmp/ready-$1-$2" ]; do sleep 0.02; done
}
ask() {
  inside "$1" perl -MIO::Socket::IP -e '
    my $socket = IO::Socket::IP->new(PeerAddr => shift, PeerPort => shift, Timeout => 4) or do { print "$@\\n"; exit };
    print scalar <$socket>' "$2" "$3"
}
clear() {
  for server in $servers; do kill "$server"; done
  rm -f /tmp/ready-*
  for name in c d s1 s2; do ip netns del "$name"; done
}
servers=
for name in c d s1 s2; do ip netns add "$name"; ip -n "$name" link set lo up; done
ip link add cd netns c type veth peer name dc netns d
ip -n c address add 203.0.113.10/24 dev cd; ip -n c link set cd up
ip -n c route add default via 203.0.113.1
ip -n d address add 203.0.113.1/24 dev dc; ip -n d link set dc up
ip -n d link add name br0 type bridge; ip -n d link set br0 up; ip -n d address add 10.0.0.1/24 dev br0
i=10
for name in s1 s2; do
  i=$((i + 1))
  ip link add e netns "$name" type veth peer name "p$name" netns d
  ip -n "$name" address add "10.0.0.$i/24" dev e; ip -n "$name" link set e up
  ip -n "$name" route add default via 10.0.0.1
  ip -n d link set "p$name" master br0; ip -n d link set "p$name" up
  serve "$name" 80
done
director sysctl -q -w net.ipv4.ip_forward=1 net.ipv4.vs.expire_nodest_conn=1 net.ipv4.vs.expire_quiescent_template=1
`
