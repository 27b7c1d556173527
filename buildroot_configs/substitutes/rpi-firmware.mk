################################################################################
#
# rpi-firmware: the files of Debian's raspi-firmware (non-free-firmware), unpacked into the downloads
#
################################################################################

RPI_FIRMWARE_VERSION = debian
RPI_FIRMWARE_SITE = $(BR2_DL_DIR)/rpi-firmware
RPI_FIRMWARE_SITE_METHOD = local
RPI_FIRMWARE_LICENSE = BSD-3-Clause
RPI_FIRMWARE_INSTALL_IMAGES = YES

define RPI_FIRMWARE_INSTALL_IMAGES_CMDS
	mkdir -p $(BINARIES_DIR)/rpi-firmware
	cp $(@D)/*.bin $(@D)/*.elf $(@D)/*.dat $(BINARIES_DIR)/rpi-firmware/
endef

$(eval $(generic-package))
