// SPDX-License-Identifier: Apache-2.0
#include "evaluated.h"

static void reads_and_writes_addresses(void **state)
{
    (void)state;
    EVALUATED({"string(ip('192.168.0.1'))", "\"192.168.0.1\""}, {"string(ip('0.0.0.0'))", "\"0.0.0.0\""},
              {"string(ip('2001:DB8::0068'))", "\"2001:db8::68\""}, {"string(ip('::'))", "\"::\""},
              {"string(ip('::1'))", "\"::1\""}, {"string(ip('1::'))", "\"1::\""},
              {"string(ip('1:0:0:2:0:0:0:3'))", "\"1:0:0:2::3\""},
              {"string(ip('1:0:0:2:3:0:0:4'))", "\"1::2:3:0:0:4\""},
              {"string(ip('1:0:2:3:4:5:6:7'))", "\"1:0:2:3:4:5:6:7\""},
              {"string(ip('0:0:1:2:3:4:5:6'))", "\"::1:2:3:4:5:6\""},
              {"string(ip('1:2:3:4:5:6:0:0'))", "\"1:2:3:4:5:6::\""}, {"string(ip('::1:2'))", "\"::1:2\""},
              {"string(ip('ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'))", "\"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff\""},
              {"string(ip('64:ff9b::1.2.3.4'))", "\"64:ff9b::102:304\""},
              {"string(ip('::ffff:c0a8:1'))", "\"192.168.0.1\""}, {"ip('::ffff:c0a8:1') == ip('192.168.0.1')", "true"},
              {"ip('::1') == ip('0.0.0.1')", "false"}, {"ip('2001:db8::1') == ip('2001:DB8::1')", "true"});
}

static void refuses_addresses(void **state)
{
    (void)state;
    EVALUATED({"ip('')", NULL, "parse error"}, {"ip('1.2.3')", NULL, "parse error"},
              {"ip('1.2.3.4.5')", NULL, "IP Address '1.2.3.4.5' parse error"}, {"ip('01.2.3.4')", NULL, "parse error"},
              {"ip('1.2.3.256')", NULL, "parse error"}, {"ip('1.2.3.4 ')", NULL, "parse error"},
              {"ip('1.2.3.4\\u0000')", NULL, "parse error"}, {"ip('2001:db8:::68')", NULL, "parse error"},
              {"ip('12345::')", NULL, "parse error"}, {"ip('fe80::1%en0')", NULL, "zone value is not allowed"},
              {"ip('::ffff:192.168.0.1')", NULL, "IPv4-mapped"}, {"ip('::ffff:1.2.3.04')", NULL, "parse error"},
              {"ip('1111:2222:3333:4444:5555:6666:255.255.255.2555')", NULL, "parse error"},
              {"isIP('1.2.3.4')", "true"}, {"isIP('::1')", "true"}, {"isIP('::ffff:1.2.3.4')", "false"},
              {"isIP('x')", "false"}, {"ip.isCanonical('127.0.0.1')", "true"},
              {"ip.isCanonical('2001:db8::68')", "true"}, {"ip.isCanonical('2001:DB8::68')", "false"},
              {"ip.isCanonical('0:0::1')", "false"}, {"ip.isCanonical('127.0.0')", NULL, "parse error"});
}

static void knows_kinds_of_addresses(void **state)
{
    (void)state;
    EVALUATED({"ip('1.2.3.4').family()", "4"}, {"ip('::1').family()", "6"}, {"ip('0.0.0.0').isUnspecified()", "true"},
              {"ip('::').isUnspecified()", "true"}, {"ip('0.0.0.1').isUnspecified()", "false"},
              {"ip('127.9.9.9').isLoopback()", "true"}, {"ip('::1').isLoopback()", "true"},
              {"ip('1::1').isLoopback()", "false"}, {"ip('126.0.0.1').isLoopback()", "false"},
              {"ip('224.0.0.9').isLinkLocalMulticast()", "true"}, {"ip('224.0.1.0').isLinkLocalMulticast()", "false"},
              {"ip('ff02::1').isLinkLocalMulticast()", "true"}, {"ip('ff12::1').isLinkLocalMulticast()", "true"},
              {"ip('ff05::1').isLinkLocalMulticast()", "false"}, {"ip('169.254.0.0').isLinkLocalUnicast()", "true"},
              {"ip('169.253.0.0').isLinkLocalUnicast()", "false"}, {"ip('fe80::1').isLinkLocalUnicast()", "true"},
              {"ip('febf::1').isLinkLocalUnicast()", "true"}, {"ip('fec0::1').isLinkLocalUnicast()", "false"},
              {"ip('10.0.0.1').isGlobalUnicast()", "true"}, {"ip('255.255.255.255').isGlobalUnicast()", "false"},
              {"ip('239.1.1.1').isGlobalUnicast()", "false"}, {"ip('127.0.0.1').isGlobalUnicast()", "false"},
              {"ip('0.0.0.0').isGlobalUnicast()", "false"}, {"ip('169.254.1.1').isGlobalUnicast()", "false"},
              {"ip('2001:db8::1').isGlobalUnicast()", "true"}, {"ip('ff00::1').isGlobalUnicast()", "false"},
              {"ip('fe80::1').isGlobalUnicast()", "false"});
}

static void reads_and_writes_blocks(void **state)
{
    (void)state;
    EVALUATED({"string(cidr('192.168.0.1/24'))", "\"192.168.0.1/24\""},
              {"string(cidr('2001:DB8::/32'))", "\"2001:db8::/32\""}, {"string(cidr('0.0.0.0/0'))", "\"0.0.0.0/0\""},
              {"cidr('1.2.3.4/33')", NULL, "CIDR '1.2.3.4/33' network address parse error"},
              {"cidr('::/129')", NULL, "parse error"}, {"cidr('1.2.3.4')", NULL, "parse error"},
              {"cidr('1.2.3.4/')", NULL, "parse error"}, {"cidr('1.2.3.4/08')", NULL, "parse error"},
              {"cidr('1.2.3.4/+8')", NULL, "parse error"}, {"cidr('/8')", NULL, "parse error"},
              {"cidr('1.2.3.4/-1')", NULL, "parse error"}, {"cidr('1.2.3.4/8/8')", NULL, "parse error"},
              {"cidr('fe80::1%en0/24')", NULL, "zone value is not allowed"},
              {"cidr('::ffff:1.2.3.4/24')", NULL, "IPv4-mapped"}, {"cidr('::ffff:102:304/24')", NULL, "IPv4-mapped"},
              {"isCIDR('10.0.0.0/8')", "true"}, {"isCIDR('10.0.0.0')", "false"},
              {"cidr('10.1.2.3/8') == cidr('10.1.2.3/8')", "true"},
              {"cidr('10.1.2.3/8') == cidr('10.0.0.0/8')", "false"},
              {"cidr('10.0.0.0/8') == cidr('10.0.0.0/9')", "false"},
              {"string(cidr('10.1.2.3/8').masked())", "\"10.0.0.0/8\""},
              {"string(cidr('10.255.2.3/9').masked())", "\"10.128.0.0/9\""},
              {"string(cidr('10.1.2.3/32').masked())", "\"10.1.2.3/32\""},
              {"string(cidr('255.1.2.3/0').masked())", "\"0.0.0.0/0\""},
              {"string(cidr('2001:db8:ffff::1/33').masked())", "\"2001:db8:8000::/33\""},
              {"string(cidr('10.1.2.3/8').ip())", "\"10.1.2.3\""}, {"cidr('10.1.2.3/8').prefixLength()", "8"},
              {"cidr('10.0.0.0/8').isMask()", "true"}, {"cidr('10.0.0.1/8').isMask()", "false"});
}

static void tells_what_a_block_contains(void **state)
{
    (void)state;
    EVALUATED({"cidr('192.168.0.9/24').containsIP(ip('192.168.0.255'))", "true"},
              {"cidr('192.168.0.0/24').containsIP('192.168.1.0')", "false"},
              {"cidr('192.168.0.0/25').containsIP('192.168.0.127')", "true"},
              {"cidr('192.168.0.0/25').containsIP('192.168.0.128')", "false"},
              {"cidr('0.0.0.0/0').containsIP('9.9.9.9')", "true"}, {"cidr('0.0.0.0/0').containsIP('::1')", "false"},
              {"cidr('::/0').containsIP('9.9.9.9')", "false"}, {"cidr('1.2.3.4/32').containsIP('1.2.3.4')", "true"},
              {"cidr('2001:db8::/32').containsIP('2001:db8:1::')", "true"},
              {"cidr('2001:db8::/32').containsIP('2001:db9::')", "false"},
              {"cidr('1.2.3.4/32').containsIP('x')", NULL, "IP Address 'x' parse error"},
              {"cidr('10.0.0.0/8').containsCIDR('10.0.0.0/8')", "true"},
              {"cidr('10.0.0.0/8').containsCIDR(cidr('10.9.0.0/16'))", "true"},
              {"cidr('10.0.0.0/8').containsCIDR('10.0.0.0/7')", "false"},
              {"cidr('10.0.0.0/8').containsCIDR('11.0.0.0/16')", "false"},
              {"cidr('::/0').containsCIDR('10.0.0.0/8')", "false"},
              {"cidr('::/0').containsCIDR('10.0.0.0')", NULL, "parse error"});
}

static void names_its_types(void **state)
{
    (void)state;
    EVALUATED({"type(ip('1.2.3.4')) == net.IP", "true"}, {"type(cidr('1.2.3.4/8')) == net.CIDR", "true"},
              {"type(ip('1.2.3.4')) == net.CIDR", "false"}, {"cidr('1.2.3.4/32') == ip('1.2.3.4')", "false"},
              {"isIP(dyn(1))", NULL, "no such overload"});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_and_writes_addresses),  cmocka_unit_test(refuses_addresses),
        cmocka_unit_test(knows_kinds_of_addresses),    cmocka_unit_test(reads_and_writes_blocks),
        cmocka_unit_test(tells_what_a_block_contains), cmocka_unit_test(names_its_types),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
