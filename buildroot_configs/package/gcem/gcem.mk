################################################################################
#
# gcem
#
################################################################################

GCEM_VERSION = 1.17.0
GCEM_SITE = $(call github,kthohr,gcem,v$(GCEM_VERSION))
GCEM_LICENSE = Apache-2.0
GCEM_LICENSE_FILES = LICENSE
GCEM_INSTALL_STAGING = YES
GCEM_INSTALL_TARGET = NO

$(eval $(cmake-package))
